# One image for bot, workers and commands. No torch: docker-compose.yml lets Ollama make the embeddings.
# With --build-arg EXTRAS=[sentence-transformers] torch comes from the official CPU index.
FROM python:3.11-slim AS build
ARG EXTRAS=""
WORKDIR /src
RUN python -m venv /venv
COPY constraints.txt pyproject.toml README.md ./
COPY bot bot
COPY cli cli
COPY core core
COPY demo demo
COPY gateway gateway
COPY migrations migrations
COPY workers workers
RUN /venv/bin/pip install --no-cache-dir -c constraints.txt \
    --extra-index-url https://download.pytorch.org/whl/cpu ".${EXTRAS}"

FROM python:3.11-slim
RUN useradd --create-home --uid 10001 hydrodiag && install -d -o hydrodiag /data
COPY --from=build /venv /venv
ENV PATH=/venv/bin:$PATH HYDRODIAG_HOME=/data LOG__FORMAT=json PYTHONUNBUFFERED=1
USER hydrodiag
WORKDIR /data
VOLUME /data
CMD ["python", "-m", "bot"]
