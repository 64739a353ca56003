FROM python:3.13-slim AS build
WORKDIR /src
COPY pyproject.toml constraints.txt README.md LICENSE ./
COPY addons addons
RUN python -m venv /opt/authwright \
 && /opt/authwright/bin/pip install --no-cache-dir -c constraints.txt '.[aws]'

FROM python:3.13-slim
RUN useradd --uid 10001 --create-home authwright \
 && install -d -m 0700 -o authwright -g authwright /data
COPY --from=build /opt/authwright /opt/authwright
ENV PATH=/opt/authwright/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    AUTHWRIGHT_CONFIG=/config/authwright.yaml \
    AUTHWRIGHT_HOME=/data
USER authwright
VOLUME /data
EXPOSE 8080
HEALTHCHECK --interval=30s --timeout=3s --start-period=5s \
  CMD ["python", "-c", "import socket; socket.create_connection(('127.0.0.1', 8080), 2).close()"]
# The configuration must belong to root or to the user that the container runs as, and nobody else may write to it: with
# `--user "$(id -u):$(id -g)"` that is you, and /data a folder of yours (-v ~/.authwright:/data).
# docker run -v ./authwright.yaml:/config/authwright.yaml:ro -v authwright:/data -e AUTHWRIGHT_PASSWORD=… -p 127.0.0.1:8080:8080 authwright
# Without AUTHWRIGHT_PASSWORD it does not start: whoever can reach the port could use its credentials.
ENTRYPOINT ["authwright", "run", "--listen", "0.0.0.0:8080"]
