"""What people see and press: one file a capability, each with a `router`. Thin: read, decide elsewhere, speak."""
