"""The way in: requests and archives become files, and files become jobs."""
