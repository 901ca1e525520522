import Device
import GraphExec

/// The OpenCL device that tests run on.
enum TestDevice {
  /// The first OpenCL device, or nil where there is none; the scripts install one.
  static func openCL() throws -> ComputeDevice? { try DeviceSelection.opencl.pick(from: ComputeDevice.all()) }

  /// A backend on that device with one family's kernels; the tests of this process share it, and with it what is
  /// compiled.
  static func backend(_ family: KernelConfig.Family) throws -> OpenCLBackend? {
    try (family == .cpu ? cpuFamily : gpuFamily).get()
  }

  private static let cpuFamily = Result { try openCL().map { try OpenCLBackend($0, family: .cpu) } }
  private static let gpuFamily = Result { try openCL().map { try OpenCLBackend($0, family: .gpu) } }
}

/// Small random data sets.
enum TestSet {
  static func images(count: Int, size: Int, classes: Int = 10, seed: UInt64) -> HostImages {
    var random = SplitMix64(seed: seed, stream: 0)
    let bytes = (0..<count * size).map { _ in UInt8.random(in: 0...255, using: &random) }
    let labels = (0..<count).map { _ in UInt8.random(in: 0..<UInt8(classes), using: &random) }
    return HostImages(features: .bytes(bytes), labels: labels, size: size)
  }

  static func order(_ count: Int, seed: UInt64) -> [Int32] {
    var random = SplitMix64(seed: seed, stream: 1)
    return random.permutation(count)
  }
}

extension ModelState {
  /// A fresh network's state.
  static func fresh(_ network: Network, seed: UInt64 = 1) -> ModelState {
    ModelState(initialWeights: WeightInitializer.heNormal.weights(of: network, seed: seed))
  }
}
