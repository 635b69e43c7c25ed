"""Embedded MongoDB and Redis, and children that end with their parent.

For one machine: `lanjian up`, the proofs and the tests. A production site runs its own servers.

    server.local.child.Child            any command as a child: log, readiness, time-limited end
    server.local.mongo.EmbeddedMongo    a replica set of one
    server.local.redis.EmbeddedRedis    append-only file on, unix socket
    server.local.errors                 what a person must do when one of them cannot run

Nothing is imported here, as the command line reads the errors where pymongo is not installed.
"""
