import Device
import GraphExec

/// The most floating-point operations that a device does in a second, measured with fused multiply-adds in registers.
package struct PeakMeasurement {
  private let queue: CommandQueue
  private let output: DeviceBuffer
  private let options: PeakOptions
  /// Work of a launch: enough for some milliseconds.
  private var rounds = 1 << 12

  /// Builds the kernel, and finds how much work measures well.
  ///
  /// - Throws: `KernelBuildFailure`, `OpenCLError`.
  package init(_ context: ComputeContext) throws {
    queue = try CommandQueue(context)
    options = PeakOptions(context.device)
    output = try DeviceBuffer(context, name: "peak", byteCount: options.items * 4)
    _ = try seconds()
    while rounds < 1 << 24, try seconds() < 0.01 { rounds *= 2 }
  }

  /// Operations per second in one launch.
  package func flopsPerSecond() throws -> Double {
    Double(options.launch(rounds: rounds).flops) / (try seconds())
  }

  private func seconds() throws -> Double {
    let kernel = try BoundKernel(
      options.launch(rounds: rounds), buffers: [.peak: output], in: queue.context)
    return try Measurement.seconds {
      try Compilation.exclusively {
        try queue.enqueue(kernel)
        try queue.finish()
      }
    }
  }
}

/// The macros and geometry of `peak.cl` for a device.
package struct PeakOptions {
  package let width: Int
  package let chains: Int
  package let items: Int
  /// Each round multiplies by this, and adds that.
  package static let (factor, addend) = (Float(0.999), Float(0.001))
  private let geometry: LaunchGeometry

  package init(_ device: some DeviceTraits) {
    if device.kind == .cpu {
      width = device.floatWidth >= 16 ? 16 : device.floatWidth >= 8 ? 8 : 4
      chains = 12
      items = 4 * device.computeUnits
      geometry = LaunchGeometry(items, local: 1)
    } else {
      width = 4
      chains = 4
      let group = min(256, device.maxWorkGroup)
      items = 16 * device.computeUnits * group
      geometry = LaunchGeometry(items, local: group)
    }
  }

  /// A launch that writes the sums of all items to the buffer `BufferID.peak`.
  package func launch(rounds: Int) -> Launch {
    Launch(
      label: "peak", file: "peak.cl", kernel: "fma_peak",
      options: defines([("PEAK_WIDTH", width), ("PEAK_CHAINS", chains)]),
      arguments: [.int(rounds), .float(Self.factor), .float(Self.addend), .buffer(.peak)],
      geometry: geometry, shape: "\(items)", flops: 2 * width * chains * items * rounds, bytes: items * 4)
  }
}
