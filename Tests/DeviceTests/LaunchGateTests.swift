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

  @Test("a launch wider than any before of its kernel runs by itself", .needs(.openCL))
  func widening() throws {
    let folder = try TemporaryFolder()
    try folder.write(try KernelSources.embedded.text(of: "common.cl"), "common.cl")
    try folder.write(Self.text, "slow.cl")
    // Two contexts with the same text are one program to PoCL.
    let contexts = try (0..<2).map { _ in
      try ComputeContext(TestDevice.openCL(), sources: .folder(folder.path))
    }
    func launch(_ width: Int, count: Int, in context: ComputeContext) throws -> (CommandQueue, QueueMarker) {
      let queue = try CommandQueue(context)
      let kernel = try BoundKernel(
        context, file: "slow.cl", name: "slow", options: "",
        arguments: [
          .buffer(try DeviceBuffer(context, name: "numbers", byteCount: 4 * width)), .int(count),
        ], geometry: LaunchGeometry(width, local: 1))
      try queue.enqueue(kernel)
      return (queue, try queue.mark())
    }
    // A second of work, or so.
    let first = try launch(1, count: 400_000_000, in: contexts[0])
    let same = try launch(1, count: 1, in: contexts[1])
    let wide = try launch(2, count: 1, in: contexts[1])
    #expect(first.1.isComplete || !contexts[0].device.miscountsLaunches)
    for (queue, _) in [first, same, wide] { try queue.finish() }
  }
}
