#!/bin/sh
# Makes wire.pb.swift from wire.proto: needs protoc, and protoc-gen-swift of the swift-protobuf that Package.swift names on the PATH.
cd "$(dirname "$0")" && exec protoc --swift_out=. --swift_opt=Visibility=Package --swift_opt=UseAccessLevelOnImports=true wire.proto
