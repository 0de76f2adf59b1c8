"""The measurements that the documentation quotes. Each module names its command."""
