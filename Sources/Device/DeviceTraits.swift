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
  /// Whether kernels know how to order what one work-group writes and another one reads in the same launch: OpenCL C 1.2 has
  /// nothing for it (`groups_common.cl`).
  var ordersGroups: Bool { get }
}

extension ComputeDevice: DeviceTraits {
  /// Those on which the kernels passed. PoCL 3.1 corrupts memory where groups go through a product twice in one launch; others
  /// were not tried, or took too long to build (rusticl).
  public var ordersGroups: Bool { ["NVIDIA CUDA", "Intel(R) OpenCL", "Oclgrind"].contains(platformName) }
}
