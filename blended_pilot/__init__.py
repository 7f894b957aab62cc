from blended_pilot.celery import app as celery_app

__all__ = ["celery_app"]
