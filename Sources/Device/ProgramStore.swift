import COpenCL
import Files

/// The machine code of built programs, kept in the person's cache folder for drivers that keep none: a file for each.
///
/// A file has a hash of the code, then the code: a driver might not survive one that is damaged.
struct ProgramStore {
  /// Where the files are.
  let folder: String

  /// The file of a program: all that its code depends on.
  func path(of text: String, options: String, on device: ComputeDevice) -> String {
    let key = [
      "device": device.name, "platform": device.platformName, "driver": device.driverVersion,
      "processor": device.processor, "float width": "\(device.floatWidth)", "options": options, "text": text,
    ]
    return CacheFolder.path("program", key, in: folder, type: "bin")
  }

  /// The program of a file, ready for use; nil where there is none, or none that the driver takes.
  func load(_ path: String, options: String, in context: ComputeContext) -> cl_program? {
    guard let bytes = try? FileSystem.read(path, limit: 1 << 28), bytes.count > 8 else { return nil }
    let code = Array(bytes.dropFirst(8))
    guard bytes.starts(with: Self.hash(of: code)) else { return nil }
    var device: cl_device_id? = context.device.id
    var (size, status, failure) = (code.count, Int32(0), Int32(0))
    let loaded = code.withUnsafeBufferPointer { buffer in
      var bytes = buffer.baseAddress
      return clCreateProgramWithBinary(context.handle, 1, &device, &size, &bytes, &status, &failure)
    }
    guard let loaded, failure == CL_SUCCESS else { return nil }
    guard clBuildProgram(loaded, 1, &device, options, nil, nil) == CL_SUCCESS else {
      clReleaseProgram(loaded)
      return nil
    }
    return loaded
  }

  /// Keeps a program that was built. The store saves time and nothing else: where it cannot be written, the next start builds
  /// again.
  func keep(_ program: cl_program, at path: String) {
    var size = 0
    let sizes = cl_program_info(CL_PROGRAM_BINARY_SIZES)
    guard clGetProgramInfo(program, sizes, MemoryLayout<Int>.size, &size, nil) == CL_SUCCESS, size > 0 else {
      return
    }
    var code = [UInt8](repeating: 0, count: size)
    let result = code.withUnsafeMutableBufferPointer { buffer in
      var bytes = buffer.baseAddress
      let length = MemoryLayout<UnsafeMutablePointer<UInt8>?>.size
      return clGetProgramInfo(program, cl_program_info(CL_PROGRAM_BINARIES), length, &bytes, nil)
    }
    guard result == CL_SUCCESS else { return }
    try? FileSystem.createFolder(folder)
    try? AtomicFile.write(Self.hash(of: code) + code, to: path)
  }

  private static func hash(of code: [UInt8]) -> [UInt8] {
    withUnsafeBytes(of: FNV1a.hash(of: code).littleEndian) { Array($0) }
  }
}
