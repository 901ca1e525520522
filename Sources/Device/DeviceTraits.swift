/// What of a device decides over how its kernels are built and launched: of one that is there, or of one to build kernels for.
public protocol DeviceTraits: Sendable {
  /// Which kind of processor it is.
  var kind: ComputeDevice.Kind { get }
  /// Number of compute units (cores of a CPU device).
  var computeUnits: Int { get }
  /// Local memory of a work-group, in bytes.
  var localMemory: Int { get }
  /// The largest work-group, in work-items.
  var maxWorkGroup: Int { get }
  /// Native vector width for `float`.
  var floatWidth: Int { get }
}

extension ComputeDevice: DeviceTraits {}
