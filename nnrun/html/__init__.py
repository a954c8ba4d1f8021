"""Pages that need no network: templates, style sheets, and what makes pages of them."""
