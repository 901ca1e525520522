import Foundation
import TestSupport
import Testing

/// The tool on a machine with no OpenCL driver, as a process of its own: the loader reads its folder once.
@Suite struct NoPlatformTests {
  /// The program that was built with these tests.
  private static var binary: URL? {
    var folder = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
    if !FileManager.default.isExecutableFile(atPath: folder.appendingPathComponent("whittle").path) {
      folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("../../.build/release")
    }
    let binary = folder.appendingPathComponent("whittle")
    return FileManager.default.isExecutableFile(atPath: binary.path) ? binary : nil
  }

  private struct Outcome {
    let status: Int32
    let output: String
    let errors: String
  }

  private func whittle(_ arguments: String..., environment: [String: String] = [:]) throws -> Outcome {
    let process = Process()
    guard let binary = Self.binary else { throw ProductMissing() }
    process.executableURL = binary
    process.arguments = arguments
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("whittle-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    process.environment = ProcessInfo.processInfo.environment.merging(
      ["OCL_ICD_VENDORS": folder.path + "/"].merging(environment) { $1 }
    ) { $1 }
    let (output, errors) = (folder.appendingPathComponent("out"), folder.appendingPathComponent("err"))
    for file in [output, errors] { try Data().write(to: file) }
    process.standardOutput = try FileHandle(forWritingTo: output)
    process.standardError = try FileHandle(forWritingTo: errors)
    try process.run()
    process.waitUntilExit()
    return Outcome(
      status: process.terminationStatus, output: try String(contentsOf: output, encoding: .utf8),
      errors: try String(contentsOf: errors, encoding: .utf8))
  }

  @Test("devices says that there is none, and what auto takes")
  func devices() throws {
    let list = try whittle("devices")
    #expect(list.status == 0)
    #expect(list.output.contains("no OpenCL device is installed"))
    #expect(list.output.contains("auto takes cpu"))
    let json = try whittle("devices", "--json")
    let value = try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any]
    #expect((value?["devices"] as? [Any])?.isEmpty == true)
    #expect(value?["auto"] as? String == "cpu")
  }

  @Test("auto runs on the CPU backend")
  func fallsBack() throws {
    let result = try whittle("bench", "inference", "--images", "20", "--rounds", "1", "--json")
    #expect(result.status == 0, "\(result.errors)")
    let value = try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any]
    #expect((value?["device"] as? [String: Any])?["backend"] as? String == "cpu")
  }

  @Test("a device asked for by name is missed with exit code 69", arguments: ["gpu", "opencl", "0:0"])
  func missing(device: String) throws {
    let result = try whittle("verify", "--device", device)
    #expect(result.status == 69)
    #expect(result.errors.contains("no device matches '\(device)'"))
  }

  @Test("what needs kernels says so on the CPU backend, with a usage error")
  func usage() throws {
    let result = try whittle("verify", "--device", "cpu")
    #expect(result.status == 64)
    #expect(result.errors.contains("the CPU backend has none"))
  }

  @Test(
    "WHITTLE_KERNELS is a folder of kernels for every command",
    .enabled(if: TestDevice.isPresent, "there is no OpenCL device"))
  func kernelsFolder() throws {
    // With the drivers that the machine has.
    let result = try whittle(
      "bench", "step", "--device", "opencl", "--rounds", "1",
      environment: [
        "OCL_ICD_VENDORS": ProcessInfo.processInfo.environment["OCL_ICD_VENDORS"] ?? "/etc/OpenCL/vendors/",
        "WHITTLE_KERNELS": "/no/such/folder",
      ])
    #expect(result.status == 1)
    #expect(result.errors.contains("/no/such/folder/common.cl"))
  }
}

/// The tool is not there to be run.
private struct ProductMissing: Error, CustomStringConvertible {
  var description: String { "whittle is not built: swift build -c release --product whittle" }
}
