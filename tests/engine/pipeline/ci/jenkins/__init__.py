"""Runs the Jenkinsfile for real, in a harness of our own: a Jenkins cannot be had from a package index."""
