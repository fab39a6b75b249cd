"""What a server tells whoever watches over it: log lines and figures."""
