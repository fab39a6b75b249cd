"""What every op is made of: the frozen `Op`, its numpy calls, its terms."""
