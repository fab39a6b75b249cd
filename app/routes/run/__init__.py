"""What is asked of a run that there is: a router a question; none imports another."""
