import Device
import Files
import TestSupport
import Testing

/// Protects the programs that are kept for drivers that would compile them at each start: a later start takes them, and one that
/// is damaged is built anew.
@Suite(.serialized) struct ProgramStoreTests {
  /// What relu makes of numbers, in a context that has built nothing.
  private func relu(_ numbers: [Float], keeping folder: String) throws -> [Float] {
    let context = try ComputeContext(TestDevice.openCL(), programFolder: folder)
    let queue = try CommandQueue(context)
    let bytes = numbers.count * MemoryLayout<Float>.stride
    let x = try DeviceBuffer(context, name: "x", byteCount: bytes)
    let y = try DeviceBuffer(context, name: "y", byteCount: bytes)
    try queue.write(numbers, to: x)
    let kernel = try BoundKernel(
      context, file: "elementwise.cl", name: "relu_forward", options: "-DEXAMPLE",
      arguments: [.long(numbers.count), .buffer(x), .buffer(y)],
      geometry: LaunchGeometry(numbers.count, local: 1))
    try queue.enqueue(kernel)
    return try queue.read(Float.self, from: y, count: numbers.count)
  }

  /// Files of programs.
  private func files(_ folder: TemporaryFolder) throws -> [String] {
    try FileSystem.names(in: folder.path).filter { $0.hasPrefix("program-") }.sorted()
  }

  @Test("a later start takes the program of an earlier one, and not one that is damaged", .needs(.openCL))
  func kept() throws {
    let folder = try TemporaryFolder()
    #expect(try relu([-1, 2], keeping: folder.path) == [0, 2])
    let name = try #require(try files(folder).first)
    #expect(try files(folder).count == 1)
    let path = "\(folder.path)/\(name)"
    let whole = try FileSystem.read(path)
    #expect(try relu([3, -4], keeping: folder.path) == [3, 0])
    #expect(try FileSystem.read(path) == whole)

    // Nothing but the file tells the next start of another kernel in the place of this one.
    let other = try TemporaryFolder()
    let context = try ComputeContext(TestDevice.openCL(), programFolder: other.path)
    _ = try BoundKernel(
      context, file: "step.cl", name: "begin_epoch", options: "", arguments: [],
      geometry: LaunchGeometry(1, local: 1))
    let otherName = try #require(try files(other).first)
    try AtomicFile.write(try FileSystem.read("\(other.path)/\(otherName)"), to: path)
    #expect(throws: OpenCLError.self) { try relu([3, -4], keeping: folder.path) }

    for damaged in [Array(whole.dropLast()), whole.map { $0 ^ 1 }, []] {
      try AtomicFile.write(damaged, to: path)
      #expect(try relu([-5, 6], keeping: folder.path) == [0, 6])
      #expect(try FileSystem.read(path).count > 8)
    }
  }

  @Test("a folder that cannot be written costs time and nothing else", .needs(.openCL))
  func noFolder() throws {
    #expect(try relu([-1, 2], keeping: "/dev/null/programs") == [0, 2])
  }
}
