"""The processes of a desk, and who starts, wakes and stops them.

- service: the listener's process, which builds all parts and drains them on SIGTERM
- backroom: the process of pipeline and clock; watch: how the service sees it
- systemd: what systemd says to a service and hears from it
"""
