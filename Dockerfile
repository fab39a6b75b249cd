# docker build -t backscope . && docker run --rm -p 8765:8765 -v backscope:/data backscope
# The wheel is built where Node and the sources are; what runs has neither, and no root.
FROM python:3.13-slim AS build
RUN pip install --no-cache-dir uv
WORKDIR /source
COPY . .
RUN uv build --wheel --out-dir /dist

FROM python:3.13-slim
COPY --from=build /dist /dist
RUN pip install --no-cache-dir "$(ls /dist/*.whl)[metrics,postgres]" \
 && useradd --home-dir /srv/backscope --create-home --uid 10001 backscope \
 && install --directory --owner backscope /data
USER backscope
WORKDIR /srv/backscope
VOLUME /data
EXPOSE 8765
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s \
  CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8765/api/ready', timeout=3)"]
ENTRYPOINT ["backscope", "--host", "0.0.0.0", "--port", "8765", "--no-browser", "--data-dir", "/data"]
