#!/bin/sh
# n8n loads community nodes from its user folder, which is a volume and hides what an image has there. So the package
# is put there each time a container starts, and a new image brings a new version.
set -e
package=${CHATGPT_PACKAGE:-/opt/n8n-nodes-chatgpt}
nodes="${N8N_USER_FOLDER:-$HOME}/.n8n/nodes/node_modules"
mkdir -p "$nodes"
rm -rf "$nodes/n8n-nodes-chatgpt"
cp -R "$package" "$nodes/n8n-nodes-chatgpt"
exec /docker-entrypoint.sh "$@"
