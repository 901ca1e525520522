import Device
import TestSupport
import Testing

/// PoCL 3.1 ends the process where a launch wider than any before of its kernel is made while two narrower ones are in flight.
@Suite struct LaunchGateTests {
  private static let text = """
    kernel void slow(global float *out, const int count) {
      float x = get_global_id(0);
      for (int i = 0; i < count; ++i) x = x * 1.0001f + 1.0f;
      out[get_global_id(0)] = x;
    }
    """

  /// Groups along z do not make a grid wider.
  @Test(
    "a launch wider than any before of its kernel runs by itself", .needs(.openCL),
    arguments: [LaunchGeometry(1, local: 1), LaunchGeometry(1, 1, 3, local: (1, 1))])
  func widening(narrow: LaunchGeometry) throws {
    let folder = try TemporaryFolder()
    try folder.write(try KernelSources.embedded.text(of: "common.cl"), "common.cl")
    try folder.write(Self.text, "slow.cl")
    // Two contexts with the same text and options are one program to PoCL.
    let contexts = try (0..<2).map { _ in
      try ComputeContext(TestDevice.openCL(), sources: .folder(folder.path))
    }
    func launch(_ geometry: LaunchGeometry, count: Int, in context: ComputeContext) throws -> (
      CommandQueue, QueueMarker
    ) {
      let queue = try CommandQueue(context)
      let kernel = try BoundKernel(
        context, file: "slow.cl", name: "slow", options: "-DDIMENSIONS=\(narrow.dimensions)",
        arguments: [.buffer(try DeviceBuffer(context, name: "numbers", byteCount: 64)), .int(count)],
        geometry: geometry)
      try queue.enqueue(kernel)
      return (queue, try queue.mark())
    }
    // A second of work, or so.
    let first = try launch(narrow, count: 400_000_000, in: contexts[0])
    let same = try launch(narrow, count: 1, in: contexts[1])
    let wide = try launch(LaunchGeometry(2, local: 1), count: 1, in: contexts[1])
    #expect(first.1.isComplete || !contexts[0].device.miscountsLaunches)
    for (queue, _) in [first, same, wide] { try queue.finish() }
  }
}
