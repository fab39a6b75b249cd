"""Numbers on the wire: JSON and safetensors."""
