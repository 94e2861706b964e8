"""The platform above the services: organizations, users, roles, connections, environments."""
