# Cuecard with its model in one image. The articles of content/ are in it, without their history.
#   docker build -t cuecard .
#   docker run -p 8080:8080 -v cuecard:/data cuecard
# Your own articles: mount the whole work tree, since `.git`, which has the commits, is above the folder of articles.
#   docker run -p 8080:8080 -v cuecard:/data -v "$PWD:/repo:ro" -e CUECARD_CONTENT=/repo/content cuecard
# Or name a remote, and mount nothing: -e CUECARD_GIT_URL=https://git.example.com/articles.git

FROM rust:1.95-bookworm AS build
RUN apt-get update \
    && apt-get install --yes --no-install-recommends python3 python3-pip \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /src
# Only what is compiled or fetched, so that editing an article or a document does not cause a rebuild.
COPY Cargo.toml Cargo.lock Makefile ./
COPY .cargo .cargo
COPY .ci .ci
COPY benches benches
COPY src src
RUN make build

FROM debian:bookworm-slim
# git, openssh-client, ca-certificates: remotes are fetched with the git program, over ssh and TLS; a mounted work tree is read
# without it. libstdc++: ONNX Runtime.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates git libstdc++6 openssh-client \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 10001 --user-group --no-create-home --home-dir /data --shell /usr/sbin/nologin cuecard \
    && install --directory --owner=cuecard --group=cuecard /data
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
