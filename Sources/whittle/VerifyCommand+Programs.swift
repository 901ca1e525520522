import Device
import KernelChecks

extension VerifyCommand {
  /// A line of the list.
  private struct Program: Encodable {
    let file: String
    let prelude: String?
    let options: String
    /// Names, and work-items of a group.
    let kernels: [String: Int]
    let source: String
  }

  /// Prints the programs of the kernels for GPUs, which `scripts/check-gpu-code` compiles.
  func printPrograms() throws {
    let sources = KernelSources.choose(folder: kernels)
    for program in KernelProgram.forGPUs {
      let line = Program(
        file: program.text.file, prelude: program.text.prelude, options: program.text.options,
        kernels: program.kernels, source: try program.text.text(from: sources))
      try Output.print(exactly: JSONLine.encode(line) + "\n")
    }
  }
}
