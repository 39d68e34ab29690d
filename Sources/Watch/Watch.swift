internal import ServiceLifecycle
internal import Listen
internal import Store
