"""Makes, writes, marks, links, renames and deletes in the folder given: once by absolute, once by relative paths."""
import os
import sys

place = sys.argv[1]
os.makedirs(f"{place}/cron.d", exist_ok=True)
with open(f"{place}/cron.d/backdoor", "w") as file:
    file.write("* * * * * root /tmp/x\n")
with open(f"{place}/old", "a") as file:
    file.write("more\n")
os.chmod(f"{place}/cron.d/backdoor", 0o755)
os.chown(f"{place}/cron.d/backdoor", 65534, 65534)
os.setxattr(f"{place}/cron.d/backdoor", "user.kagari", b"1")
os.chdir(place)
os.rename("cron.d/backdoor", "cron.d/../cron.d/renamed")
os.symlink("/etc/shadow", "link")
os.link("old", "hard")
os.unlink("link")
os.mkdir("folder")
os.rmdir("folder")
descriptor = os.open(place, os.O_RDONLY)
os.unlink("hard", dir_fd=descriptor)
# By ways whose first letters lead elsewhere.
os.unlink(f"/proc/..//{place}/old")
os.chdir("/")
os.unlink(f"proc/../{place.lstrip('/')}/cron.d/renamed")
