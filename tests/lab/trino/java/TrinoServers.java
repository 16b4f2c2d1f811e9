import io.trino.server.Server;
import java.io.PrintStream;

/** A coordinator of Trino, with the settings of the file that the system property "config" names. Prints "ready" when it serves, and ends with standard input. */
public class TrinoServers {
  /** args: its release. */
  public static void main(String[] args) throws Exception {
    PrintStream out = System.out; // the server puts its log in place of it
    new Server().start(args[0]);
    out.println("ready");
    while (System.in.read() >= 0) {}
    Runtime.getRuntime().halt(0);
  }
}
