"""All that is planted: what the template ships so as to run before a team brings its own data."""
