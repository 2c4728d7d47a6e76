"""syndicator: publish on your own site, syndicate elsewhere. Imports nothing, so that every command starts cheaply."""

__version__ = "0.1.0"
