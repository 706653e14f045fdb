"""All that is planted: what the template ships so that it runs before a team brings its own data."""
