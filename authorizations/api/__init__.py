"""Assessments, requests, the queue, the register and episodes, for programs."""
