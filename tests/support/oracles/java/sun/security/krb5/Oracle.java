package sun.security.krb5;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.lang.reflect.Constructor;
import java.lang.reflect.Field;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Hashtable;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Vector;
import sun.security.krb5.internal.NetClient;
import sun.security.krb5.internal.crypto.EType;

/**
 * What does this JDK make of a krb5.conf? One path a line on stdin, one JSON object a line on stdout. Arguments: hosts whose realm is asked.
 *
 * <p>Lives in the JDK's package (--patch-module) to ask its own classes. The two of them that would use the network are replaced beside this one.
 */
public final class Oracle {
    private static final int[] SIZES = {100, 2000, 60000};

    public static void main(String[] hosts) throws Exception {
        BufferedReader paths = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        PrintStream out = new PrintStream(System.out, false, StandardCharsets.US_ASCII);
        for (String path = paths.readLine(); path != null; path = paths.readLine()) {
            System.setProperty("java.security.krb5.conf", path);
            StringBuilder json = new StringBuilder();
            write(json, answer(hosts));
            out.println(json);
            out.flush();
        }
    }

    private static Map<String, Object> answer(String[] hosts) throws Exception {
        Map<String, Object> all = new LinkedHashMap<>();
        Config config;
        try {
            Constructor<Config> make = Config.class.getDeclaredConstructor();
            make.setAccessible(true);
            config = make.newInstance();
        } catch (InvocationTargetException thrown) {
            all.put("rejected", thrown.getCause().getMessage());
            return all;
        }
        Field singleton = Config.class.getDeclaredField("singleton");
        singleton.setAccessible(true);
        singleton.set(null, config);
        KdcComm.initStatic();
        EType.initStatic();
        Field table = Config.class.getDeclaredField("stanzaTable");
        table.setAccessible(true);
        Map<?, ?> stanzas = (Map<?, ?>) table.get(config);
        all.put("rejected", null);
        all.put("table", stanzas);
        all.put("default_realm", asked(() -> config.getDefaultRealm()));
        for (String name : new String[] {"useDNS_KDC", "useDNS_Realm"}) {
            Method method = Config.class.getDeclaredMethod(name);
            method.setAccessible(true);
            all.put(name, asked(() -> method.invoke(config)));
        }
        for (String name : new String[] {"default_tkt_enctypes", "default_tgs_enctypes", "permitted_enctypes"}) {
            all.put(name, asked(() -> config.defaultEtype(name)));
        }
        Map<String, Object> lifetimes = new LinkedHashMap<>();
        for (String name : new String[] {"ticket_lifetime", "renew_lifetime"}) {
            lifetimes.put(name, duration(config, name));
        }
        all.put("lifetimes", lifetimes);
        all.put("clockskew", asked(() -> config.getIntValue("libdefaults", "clockskew")));
        Map<String, Object> mapped = new LinkedHashMap<>();
        for (String host : hosts) {
            mapped.put(host, asked(() -> PrincipalName.mapHostToRealm(host)));
        }
        all.put("realm_of_host", mapped);
        Map<String, Object> realms = new LinkedHashMap<>();
        if (stanzas.get("realms") instanceof Hashtable<?, ?>) {
            for (Object name : ((Hashtable<?, ?>) stanzas.get("realms")).keySet()) {
                realms.put((String) name, realm(config, (String) name));
            }
        }
        realms.put("NO.SUCH.REALM", realm(config, "NO.SUCH.REALM"));
        all.put("realms", realms);
        return all;
    }

    /** The seconds, or the message of a duration that it refuses, or the class of what else was thrown as a list of one. */
    private static Object duration(Config config, String name) {
        try {
            String value = config.get("libdefaults", name);
            return value == null ? null : (Object) Config.duration(value);
        } catch (KrbException thrown) {
            return thrown.getMessage();
        } catch (NumberFormatException thrown) {
            return thrown.toString();
        } catch (IllegalArgumentException thrown) {
            return List.of(thrown.getClass().getSimpleName());
        }
    }

    private static Map<String, Object> realm(Config config, String name) throws Exception {
        Map<String, Object> all = new LinkedHashMap<>();
        KrbServiceLocator.QUESTIONS.clear();
        all.put("list", asked(() -> config.getKDCList(name)));
        all.put("questions", new ArrayList<>(KrbServiceLocator.QUESTIONS));
        List<Object> sent = new ArrayList<>();
        for (int size : SIZES) {
            NetClient.ATTEMPTS.clear();
            asked(() -> send(new KdcComm(name), size));
            sent.add(new ArrayList<>(NetClient.ATTEMPTS));
        }
        all.put("sent", sent);
        all.put("retries", retries(name));
        return all;
    }

    /** Sends a request of this size. Before JDK 21 a request is bytes, since then an object with bytes. */
    private static Object send(KdcComm comm, int size) throws Exception {
        for (Method method : KdcComm.class.getMethods()) {
            if (method.getName().equals("send") && method.getParameterCount() == 1) {
                boolean bytes = method.getParameterTypes()[0] == byte[].class;
                return method.invoke(comm, bytes ? (Object) new byte[size] : new Request(size));
            }
        }
        throw new NoSuchMethodException("KdcComm.send");
    }

    private static final class Request extends KrbKdcReq {
        Request(int size) {
            obuf = new byte[size];
        }
    }

    /** Since JDK 24 one more parameter says whether 0 is a value. */
    private static Object retries(String realm) throws Exception {
        Field standard = KdcComm.class.getDeclaredField("defaultKdcRetryLimit");
        standard.setAccessible(true);
        for (Method method : KdcComm.class.getDeclaredMethods()) {
            if (method.getName().equals("getRealmSpecificValue")) {
                method.setAccessible(true);
                Object limit = standard.get(null);
                return method.getParameterCount() == 3
                        ? method.invoke(new KdcComm(realm), realm, "max_retries", limit)
                        : method.invoke(new KdcComm(realm), realm, "max_retries", limit, false);
            }
        }
        throw new NoSuchMethodException("KdcComm.getRealmSpecificValue");
    }

    private interface Question {
        Object ask() throws Exception;
    }

    /** The answer, or the class of what was thrown as a list of one. */
    private static Object asked(Question question) {
        try {
            return question.ask();
        } catch (InvocationTargetException thrown) {
            return List.of(thrown.getCause().getClass().getSimpleName());
        } catch (Exception thrown) {
            return List.of(thrown.getClass().getSimpleName());
        }
    }

    private static void write(StringBuilder json, Object value) {
        if (value instanceof String) {
            quote(json, (String) value);
        } else if (value instanceof Map<?, ?>) {
            Map<?, ?> map = (Map<?, ?>) value;
            String comma = "{";
            for (Map.Entry<?, ?> entry : map.entrySet()) {
                json.append(comma);
                quote(json, (String) entry.getKey());
                json.append(':');
                write(json, entry.getValue());
                comma = ",";
            }
            json.append(map.isEmpty() ? "{}" : "}");
        } else if (value instanceof int[]) {
            List<Object> boxed = new ArrayList<>();
            for (int number : (int[]) value) {
                boxed.add(number);
            }
            write(json, boxed);
        } else if (value instanceof Object[]) {
            write(json, List.of((Object[]) value));
        } else if (value instanceof Vector<?> || value instanceof List<?>) {
            String comma = "[";
            for (Object element : (List<?>) value) {
                json.append(comma);
                write(json, element);
                comma = ",";
            }
            json.append(((List<?>) value).isEmpty() ? "[]" : "]");
        } else {
            json.append(value);
        }
    }

    private static void quote(StringBuilder json, String text) {
        json.append('"');
        for (int place = 0; place < text.length(); place++) {
            char letter = text.charAt(place);
            if (letter < ' ' || letter > '~' || letter == '"' || letter == '\\') {
                json.append(String.format("\\u%04x", (int) letter));
            } else {
                json.append(letter);
            }
        }
        json.append('"');
    }
}
