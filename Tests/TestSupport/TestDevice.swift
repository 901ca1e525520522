import Device

/// The OpenCL device that tests run on; the scripts install one.
package enum TestDevice {
  /// Whether there is one: see `Need.openCL`. Where a driver fails, they fail.
  package static let isPresent = (try? ComputeDevice.all())?.contains(where: \.isAvailable) ?? true

  package static func openCL() throws -> ComputeDevice {
    guard let device = try DeviceSelection.opencl.pick(from: ComputeDevice.all()) else {
      preconditionFailure("nil stands for the CPU backend, which 'opencl' never picks")
    }
    return device
  }
}
