"""Pages that need no network: text made safe, a frame with its content security policy, the look of all pages."""
