import java.io.BufferedReader;
import java.io.File;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.net.URL;
import java.net.URLClassLoader;

/**
 * Runs one step of a client for each line "STEP DIRECTORY [WORD …]" of standard input.
 *
 * DIRECTORY has the files that the client finds on its class path. Prints one line a step: "works",
 * or the class and the first line of each exception, outermost first, joined by " | ".
 */
final class DialLoop {
  interface Client {
    /** Runs one step. The context class loader of the thread finds the files. */
    void step(String name, File directory, String[] words) throws Throwable;
  }

  static void run(Client client) throws Exception {
    PrintStream answers = System.out;
    System.setOut(System.err);
    BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, "UTF-8"));
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      answers.print(answer(client, line.split(" ")).replace('\n', ' ').replace('\r', ' ') + "\n");
      answers.flush();
    }
  }

  private static String answer(Client client, String[] words) throws Exception {
    ClassLoader application = DialLoop.class.getClassLoader();
    URL[] place = {new File(words[1] + "/").toURI().toURL()};
    try (URLClassLoader loader = new URLClassLoader(place, application)) {
      Thread.currentThread().setContextClassLoader(loader);
      client.step(words[0], new File(words[1]), words);
      return "works";
    } catch (Throwable failure) {
      return chain(failure);
    } finally {
      Thread.currentThread().setContextClassLoader(application);
    }
  }

  private static String chain(Throwable failure) {
    StringBuilder text = new StringBuilder();
    for (Throwable next = failure; next != null; next = next.getCause()) {
      String message = next.getMessage() == null ? "" : next.getMessage().split("[\r\n]")[0];
      text.append(text.length() == 0 ? "" : " | ").append(next.getClass().getName()).append(": ").append(message);
    }
    return text.toString();
  }
}
