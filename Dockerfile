# Two stages: build a static binary, then ship it alone.
FROM golang:1.26 AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
RUN CGO_ENABLED=0 go build -trimpath -ldflags="-s -w" -o /careerbot ./cmd/careerbot \
 && mkdir /state

FROM gcr.io/distroless/static-debian12:nonroot
COPY --from=build /careerbot /careerbot
COPY --from=build --chown=nonroot:nonroot /state /state
USER nonroot:nonroot
# In a container the public listener must be reachable from outside; the admin
# listener stays on loopback.
ENV CAREERBOT_ADDR=0.0.0.0:8080 CAREERBOT_STATE=/state
VOLUME /state
EXPOSE 8080
HEALTHCHECK --interval=30s --timeout=3s --start-period=15s CMD ["/careerbot", "health"]
ENTRYPOINT ["/careerbot"]
