"""What gunicorn serves."""

from django.core.wsgi import get_wsgi_application

from blended_pilot.environment import choose_settings

choose_settings()
application = get_wsgi_application()
