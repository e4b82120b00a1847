"""What this machine takes to read a film, stage by stage, and which engine, threads and batch suit it best."""
