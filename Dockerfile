# Cuecard with its model in one image. The articles of content/ are in it; mount your own over /content.
#   docker build -t cuecard .
#   docker run -p 8080:8080 -v cuecard:/data -v "$PWD/content:/content:ro" cuecard

FROM rust:1.95-bookworm AS build
RUN apt-get update \
    && apt-get install --yes --no-install-recommends python3 python3-pip \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY . .
RUN make build

FROM debian:bookworm-slim
# git: the history of articles is read from a work tree. openssh-client, ca-certificates: remotes over ssh and TLS. libstdc++:
# ONNX Runtime.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates git libstdc++6 openssh-client \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 10001 --user-group --no-create-home --home-dir /data --shell /usr/sbin/nologin cuecard \
    && install --directory --owner=cuecard --group=cuecard /data \
    && git config --system --add safe.directory /content
COPY --from=build /src/target/release/cuecard /usr/local/bin/cuecard
COPY --from=build /src/.cache/model /usr/share/cuecard/model
COPY --from=build /src/.cache/onnxruntime /usr/share/cuecard/onnxruntime
COPY content /content
ENV CUECARD_LISTEN=0.0.0.0:8080 \
    CUECARD_CONTENT=/content \
    CUECARD_DATA=/data \
    CUECARD_MODEL=/usr/share/cuecard/model/multilingual-e5-small \
    CUECARD_ONNXRUNTIME=/usr/share/cuecard/onnxruntime/libonnxruntime.so
USER 10001:10001
VOLUME /data
EXPOSE 8080
HEALTHCHECK --interval=30s --timeout=5s --start-period=120s CMD ["cuecard", "healthcheck"]
ENTRYPOINT ["cuecard"]
CMD ["serve"]
