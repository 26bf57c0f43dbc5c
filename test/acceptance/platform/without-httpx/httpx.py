"""The two calls of httpx that a platform makes, by requests: for machines that do not have httpx."""

from requests import delete, post

__all__ = ["delete", "post"]
