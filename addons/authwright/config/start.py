"""The commented file that ``authwright init`` writes. The project's ``config/authwright.yaml`` is the same."""

from typing import Final

START: Final = """\
# yaml-language-server: $schema=authwright.schema.json
#
# (`authwright schema > authwright.schema.json` writes the schema by which editors complete and check the keys.)
#
# What authwright does with the requests that pass through it. The first rule that matches wins; hosts without a rule are
# tunnelled untouched. `authwright check` finds every problem in this file, `authwright explain URL` says what a request
# would get. Changes are picked up while the proxy runs.
version: 1

# Secrets do not belong here. They come from ${env:NAME}, ${file:path}, ${keyring:service/user} or ${command:pass show api}.
# ${name} is a variable, ${name:-default} has a default, $$ is a dollar sign.
environment: dev # `--env prod` or AUTHWRIGHT_ENV=prod choose another
environments:
  dev: {api: api.dev.example.com, idp: https://idp.dev.example.com}
  prod: {api: api.example.com, idp: https://idp.example.com}

# Credentials that several rules use. `hosts` keeps one from ever going anywhere else.
credentials:
  orders:
    type: oauth2
    hosts: ["${api}"]
    grant: client_credentials
    token_endpoint: ${idp}/oauth2/token
    client_id: orders-cli
    client_secret: ${env:ORDERS_CLIENT_SECRET}
    scope: [orders.read, orders.write]

rules:
  # A group: the rules within inherit its match and its credential.
  - name: orders
    match: {host: "${api}"}
    auth: orders
    rules:
      - match: {path: [/health, /docs/**]}
        auth: none

  # The short form of a match: [METHOD[,METHOD] ][scheme://]host[:port][/path]
  - name: github
    match: api.github.com
    auth: {type: bearer, token: "${env:GITHUB_TOKEN}"}

# Further types: api_key (in: header, query, cookie), basic, jwt. Further options of a rule: on_existing, allow_http, retry,
# client_certificate, client_key, allow_origins.
#
# settings: {listen: 127.0.0.1:8080, upstream_ca: corporate-ca.pem, max_signed_body: 16MiB}
"""
