"""What the project knows about continuous integration: where a run happens, and that its files are tidy."""
