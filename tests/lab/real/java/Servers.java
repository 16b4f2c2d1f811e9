import java.io.BufferedReader;
import java.io.File;
import java.io.InputStreamReader;
import java.net.URL;
import java.net.URLClassLoader;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Runs servers of several programs in one JVM. Each group of servers has a loader of its own, so that what they keep in static fields stays apart:
 * who is logged in, and which web application answers. Hive of before Java 9 also takes its loader for a URLClassLoader.
 *
 * <p>Prints "ready" when all serve. Then reads commands: "stop NAME" ends one server, "start NAME" starts it again, and each says so. All end with standard input.
 */
public class Servers {
  static final Map<String, AutoCloseable> RUNNING = new ConcurrentHashMap<>();
  static final Map<String, ClassLoader> LOADERS = new ConcurrentHashMap<>();

  /** args: a class with a static method start(NAME), and names of servers; a comma joins those of one group. */
  public static void main(String[] args) throws Exception {
    List<URL> places = new ArrayList<>();
    for (String place : System.getProperty("java.class.path").split(File.pathSeparator)) {
      places.add(new File(place).toURI().toURL());
    }
    List<Thread> starts = new ArrayList<>();
    for (String group : Arrays.copyOfRange(args, 1, args.length)) {
      URLClassLoader loader = new URLClassLoader(places.toArray(new URL[0]), ClassLoader.getPlatformClassLoader());
      Thread thread = new Thread(() -> start(loader, args[0], group.split(",")));
      thread.setContextClassLoader(loader);
      thread.start();
      starts.add(thread);
    }
    for (Thread thread : starts) {
      thread.join();
    }
    System.out.println("ready");
    BufferedReader commands = new BufferedReader(new InputStreamReader(System.in));
    for (String line = commands.readLine(); line != null; line = commands.readLine()) {
      String[] words = line.split(" ");
      if (words[0].equals("stop")) {
        RUNNING.remove(words[1]).close();
      } else {
        Thread.currentThread().setContextClassLoader(LOADERS.get(words[1]));
        start(LOADERS.get(words[1]), args[0], new String[] {words[1]});
      }
      System.out.println("done");
    }
    Runtime.getRuntime().halt(0);
  }

  static void start(ClassLoader loader, String program, String[] names) {
    try {
      for (String name : names) {
        LOADERS.put(name, loader);
        RUNNING.put(name, (AutoCloseable) loader.loadClass(program).getMethod("start", String.class).invoke(null, name));
      }
    } catch (Throwable failure) {
      failure.printStackTrace();
      Runtime.getRuntime().halt(1);
    }
  }
}
