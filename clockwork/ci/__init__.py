"""What the project knows about CI: where a run happens, and that its files are tidy."""
