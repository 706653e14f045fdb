"""Runs the Jenkinsfile for real, in our own harness: no package index has a Jenkins."""
