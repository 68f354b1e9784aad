"""Where untrusted code runs. `open_sandbox` picks an implementation; all of them obey `protocol.Sandbox`."""
