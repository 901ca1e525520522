import Device
import GraphExec
import Timing

/// Times one product of a training step with tiles of every kind, on buffers of its own.
final class ProductTimer {
  /// What a sample takes at least: several times what a clock and a launch disturb it by.
  private static let sampleSeconds = 0.002
  private let context: ComputeContext
  private let queue: CommandQueue
  private let launch: ([String: Int]) throws -> Launch
  private var buffers: [BufferID: DeviceBuffer] = [:]
  private var kernels: [[String: Int]: BoundKernel] = [:]
  private var repeats = 1

  /// Reserves the operands, which are small numbers.
  ///
  /// - Parameters:
  ///   - plan: the step.
  ///   - place: the product's launch in it.
  ///   - launch: that launch with other tiles.
  /// - Throws: errors of the device.
  init(
    _ context: ComputeContext, _ plan: Plan, place: Int, launch: @escaping ([String: Int]) throws -> Launch
  ) throws {
    self.context = context
    self.launch = launch
    queue = try CommandQueue(context)
    for case .buffer(let id) in plan.launches[place].arguments where buffers[id] == nil {
      let buffer = try DeviceBuffer(context, name: "operand \(id)", byteCount: plan.buffers[id] ?? 4)
      // Bytes of 0x3C are the float 0.0115: a number like any weight, no denormal, and a mask that keeps.
      try queue.fill(buffer, with: 0x3C)
      buffers[id] = buffer
    }
  }

  /// Seconds of a launch with these tiles, of which one sample is taken.
  ///
  /// - Throws: `KernelBuildFailure`, other errors of the device.
  func seconds(_ tiles: [String: Int]) throws -> Double {
    let kernel = try kernel(tiles)
    return try Measurement.seconds {
      for _ in 0..<repeats { try queue.enqueue(kernel) }
      try queue.finish()
    } / Double(repeats)
  }

  /// Takes so many samples of each of two kinds of tiles, which take turns.
  ///
  /// - Returns: the least seconds of each, which other work on the machine disturbs least; and their ratio, second to first, or
  ///   the median of the ratios of samples that were taken together, whichever says less for the second.
  func compare(_ first: [String: Int], _ second: [String: Int], rounds: Int) throws -> (
    first: Double, second: Double, ratio: Double
  ) {
    var times: [(first: Double, second: Double)] = []
    for round in 0..<rounds {
      // Who is first may find the caches, or the clock rate, in another state.
      if round % 2 == 0 {
        let seconds = try seconds(first)
        times.append((seconds, try self.seconds(second)))
      } else {
        let seconds = try seconds(second)
        times.append((try self.seconds(first), seconds))
      }
    }
    let first = times.map(\.first).reduce(.infinity, min)
    let second = times.map(\.second).reduce(.infinity, min)
    return (first, second, max(second / first, Measurement.median(times.map { $0.second / $0.first })))
  }

  /// Sees to it that samples of launches that take so long are long enough.
  func adjust(toSeconds seconds: Double) {
    repeats = max(1, min(1000, Int(Self.sampleSeconds / max(seconds, 1e-6))))
  }

  private func kernel(_ tiles: [String: Int]) throws -> BoundKernel {
    if let known = kernels[tiles] { return known }
    let kernel = try BoundKernel(launch(tiles), buffers: buffers, in: context)
    // Some drivers compile at the first launch.
    try Compilation.exclusively {
      try queue.enqueue(kernel)
      try queue.finish()
    }
    kernels[tiles] = kernel
    return kernel
  }
}
