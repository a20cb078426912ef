# syntax=docker/dockerfile:1.7
# One image for bot, gateway, workers and commands. No torch: docker-compose.prod.yml lets Ollama make the embeddings.
# With --build-arg EXTRAS=[sentence-transformers] torch comes as a CPU build from PyTorch's own index.
ARG PYTHON=3.11.15-slim-trixie

FROM python:${PYTHON} AS build
ARG EXTRAS=""
ARG TORCH_INDEX=https://download.pytorch.org/whl/cpu
WORKDIR /src
RUN python -m venv /venv
COPY constraints.txt pyproject.toml README.md alembic.ini ./
COPY bot bot
COPY cli cli
COPY core core
COPY demo demo
COPY gateway gateway
COPY migrations migrations
COPY workers workers
RUN --mount=type=cache,target=/root/.cache/pip \
    /venv/bin/pip install --disable-pip-version-check -c constraints.txt \
    ${EXTRAS:+--extra-index-url "$TORCH_INDEX"} ".${EXTRAS}" \
    && /venv/bin/python -m compileall -q /venv/lib

FROM python:${PYTHON}
# pg_dump and pg_restore of the server's version, for `hydrodiag backup`
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends postgresql-client-17 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --create-home --uid 10001 hydrodiag \
    && install -d -o hydrodiag /data /backups
COPY --from=build /venv /venv
ENV PATH=/venv/bin:$PATH \
    HYDRODIAG_HOME=/data \
    HEALTH_URL=http://127.0.0.1:8081/health/live \
    LOG__FORMAT=json \
    MPLCONFIGDIR=/tmp/matplotlib \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONSAFEPATH=1 \
    PYTHONUNBUFFERED=1
USER 10001
WORKDIR /
VOLUME ["/data", "/backups"]
HEALTHCHECK --interval=15s --timeout=6s --start-period=60s \
    CMD ["python", "-c", "import os, urllib.request as u; u.urlopen(os.environ['HEALTH_URL'], timeout=5)"]
CMD ["python", "-m", "bot"]
