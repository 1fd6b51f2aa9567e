// A stub for libudev in static builds, because Debian packages no static libudev. hwloc uses
// libudev only to name disks, and continues without it if udev_new() fails.
extern "C" {

struct udev;
struct udev_device;

udev* udev_new();
udev* udev_unref(udev*);
udev_device* udev_device_new_from_subsystem_sysname(udev*, const char*, const char*);
udev_device* udev_device_unref(udev_device*);
const char* udev_device_get_property_value(udev_device*, const char*);

udev* udev_new() { return nullptr; }
udev* udev_unref(udev*) { return nullptr; }
udev_device* udev_device_new_from_subsystem_sysname(udev*, const char*, const char*) {
    return nullptr;
}
udev_device* udev_device_unref(udev_device*) { return nullptr; }
const char* udev_device_get_property_value(udev_device*, const char*) { return nullptr; }

}  // extern "C"
