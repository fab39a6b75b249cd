"""What people bring: their code, as a configuration."""
