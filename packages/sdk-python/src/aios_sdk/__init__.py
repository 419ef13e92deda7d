"""What authors of agents in Python import: the decorator ``agent``, the clients and the errors.

The kernel runs an agent's file as a child process (``child.py``). Depends on the standard library alone.
"""

from .agent import Agent, agent
from .client import Aios, AsyncAios
from .errors import AiosError, needs_input
from .signals import Ending, Signal

__all__ = [
    "Agent",
    "Aios",
    "AiosError",
    "AsyncAios",
    "Ending",
    "Signal",
    "agent",
    "needs_input",
]
