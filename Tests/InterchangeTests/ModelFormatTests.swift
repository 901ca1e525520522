import Files
import Interchange
import ModelFiles
import TestSupport
import Testing

/// Protects people from running what they only want to read, and tells formats apart by their content.
@Suite("Formats of networks")
struct ModelFormatTests {
  private func message(of bytes: [UInt8], _ name: String) throws -> String {
    let folder = try TemporaryFolder()
    try folder.write(bytes, name)
    let error = #expect(throws: FileFormatError.self) { try StoredModel.readAny(folder(name)) }
    return error?.problem ?? ""
  }

  @Test(
    "a pickle is refused by what it is, whatever its name, and by its name, whatever it holds",
    arguments: [
      ("model.pt", [UInt8]("PK\u{3}\u{4}".utf8)), ("model.onnx", [0x80, 2, 0x7d, 0x71]),
      ("m", [0x80, 4, 0x95]),
      ("model.pth", [8, 7]), ("model.pkl", []),
    ])
  func pickles(name: String, bytes: [UInt8]) throws {
    #expect(try message(of: bytes, name).hasPrefix("a pickle, as PyTorch's torch.save writes"))
  }

  @Test("Keras's own format is refused with what to do")
  func keras() throws {
    #expect(try message(of: [0x89] + Array("HDF\r\n".utf8), "m.h5").contains("format=\"onnx\""))
  }

  @Test("weights alone are no model, and it is said how they become one")
  func stateDict() throws {
    let folder = try TemporaryFolder()
    let file = SafetensorsFile(tensors: [
      "fc1.weight": StoredTensor([Float](repeating: 1, count: 6), shape: [2, 3])
    ])
    try file.write(to: folder("w"))
    let error = #expect(throws: FileFormatError.self) { try StoredModel.readAny(folder("w")) }
    #expect(error?.problem.contains("whittle import \(folder("w")) --config CONFIG") == true)
  }
}
