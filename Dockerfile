# Blended Pilot: one image for web, worker, beat and migrations. The command decides.

FROM python:3.11-slim-bookworm AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python -m venv /opt/venv
COPY requirements/base.txt /tmp/base.txt
RUN /opt/venv/bin/pip install --require-hashes -r /tmp/base.txt

FROM python:3.11-slim-bookworm
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    BLENDED_PILOT_ENV=production \
    BLENDED_PILOT_HOME=/data \
    STATIC_ROOT=/srv/static \
    PROMETHEUS_MULTIPROC_DIR=/dev/shm/metrics \
    WEB_CONCURRENCY=3
RUN useradd --system --uid 10001 --home-dir /nonexistent --shell /usr/sbin/nologin pilot \
    && install -d -o pilot -g pilot /data
COPY --from=build /opt/venv /opt/venv
WORKDIR /srv/app
COPY . .
# the values are not kept: collecting static files only needs that there are some
RUN SECRET_KEY=build MFA_ENCRYPTION_KEYS=only-while-the-image-is-being-built REGISTER_KEYS=build ALLOWED_HOSTS=build DATABASE_URL=postgresql://build/build REDIS_URL=redis://build \
    python manage.py collectstatic --no-input
USER pilot
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s --retries=4 \
    CMD ["python", "-m", "blended_pilot.probe", "http://127.0.0.1:8000/health/live"]
CMD ["gunicorn", "blended_pilot.wsgi", "--bind=0.0.0.0:8000", "--threads=4", "--keep-alive=75", \
     "--worker-tmp-dir=/dev/shm", "--no-control-socket", "--access-logfile=-"]
